#include "cli/main.h"

int main(int argc, char** argv) { return espresso::main(argc, argv); }
