// The stages of ../hello as C++ classes, in a program of their own that does all that `espresso` does. Try it with
//   cmake -S . -B build && cmake --build build
//   build/cpp-stages run main --hosts 'web*' -i ../hello/inventory.yaml
#include <espresso/espresso.h>

#include <memory>
#include <string>
#include <vector>

class SetupRepository : public espresso::Stage {
 public:
  std::string name() const override { return "setup-repository"; }
  std::string doc() const override {
    return "The essential aspects of the repositories: where packages come from, and that apt knows what is there.\n"
           "Every other stage that installs something stands on this one.";
  }
  void run(espresso::Plan& plan) const override {
    espresso::fs::ensure_file(plan, {.path = "/etc/apt/sources.list", .content = "{{ storage['sources.list'] }}"});
    espresso::dpkg::update(plan);
  }
};

class Main : public espresso::Stage {
 public:
  std::string name() const override { return "main"; }
  std::string doc() const override { return "Our main system is two packages, pretty silly but that's how it is."; }
  std::vector<std::string> required() const override { return {"setup-repository"}; }
  void run(espresso::Plan& plan) const override {
    espresso::dpkg::ensure_installed(plan, {.packages = {"hello", "tree"}});
  }
};

int main(int argc, char** argv) {
  return espresso::main(argc, argv, {std::make_shared<SetupRepository>(), std::make_shared<Main>()});
}
