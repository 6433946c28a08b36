#pragma once

// All that a program with stages of its own needs:
//
//   #include <espresso/espresso.h>
//
//   class Greeting : public espresso::Stage {
//    public:
//     std::string name() const override { return "greeting"; }
//     std::string doc() const override { return "Whoever logs in is greeted."; }
//     void run(espresso::Plan& plan) const override {
//       espresso::fs::ensure_file(plan, {.path = "/etc/motd", .content = "welcome\n"});
//     }
//   };
//
//   int main(int argc, char** argv) { return espresso::main(argc, argv, {std::make_shared<Greeting>()}); }

#include "cli/main.h"
#include "helpers/wrappers.h"
#include "model/inventory.h"
#include "model/stage.h"
