# Installs the library into a scratch prefix, builds examples/cpp-stages against it and runs it.
set(prefix "${SCRATCH}/prefix")
set(build "${SCRATCH}/build")
file(REMOVE_RECURSE "${prefix}" "${build}")

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}: ${status}\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

run("${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${prefix}")
run("${CMAKE_COMMAND}" -S "${SOURCE}/examples/cpp-stages" -B "${build}" -G "${GENERATOR}"
  "-DCMAKE_PREFIX_PATH=${prefix}" "-DCMAKE_BUILD_TYPE=${BUILD_TYPE}" "-DCMAKE_CXX_COMPILER=${COMPILER}"
  "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Wpedantic -Werror ${FLAGS}")
run("${CMAKE_COMMAND}" --build "${build}")
run("${build}/cpp-stages" plan main --hosts web1 -i "${SOURCE}/examples/hello/inventory.yaml"
  -S "${SOURCE}/examples/cpp-stages/stages.yaml")
foreach(expected "setup-repository" "fs.ensure_file /etc/apt/sources.list" "dpkg.update" "dpkg.ensure_installed hello tree")
  string(FIND "${output}" "${expected}" at)
  if(at EQUAL -1)
    message(FATAL_ERROR "the plan lacks '${expected}':\n${output}")
  endif()
endforeach()
