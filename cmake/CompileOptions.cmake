# What every target of this project is compiled with.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()

# -O2: -O3 takes longer to build and gains nothing where the time goes into system calls and ciphers.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # What a precompiled header costs ccache; and checkouts in other folders share what was compiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
    "CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}" CCACHE_NOHASHDIR=1 "${CCACHE_PROGRAM}")
endif()

find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM)
  add_link_options(-fuse-ld=mold)
endif()

option(ESPRESSO_SANITIZE "AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
if(ESPRESSO_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()

add_library(espresso_options INTERFACE)
# Two warnings that GCC 12 gives falsely: -Wmismatched-new-delete on every coroutine frame of Asio, and
# -Wmaybe-uninitialized (from -O2) on aggregates with a shared_ptr that are temporaries of a throw or a call.
target_compile_options(espresso_options INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wno-mismatched-new-delete -Wno-maybe-uninitialized -fpch-preprocess)
