# What programs with stages of their own use: find_package(espresso), target espresso::espresso, <espresso/espresso.h>.

# Every header a user may include, and those they include: nothing of a third party is among them.
set(espresso_public_headers
  espresso.h
  cli/main.h
  core/diagnostic.h core/error.h core/text.h
  helpers/catalog.h helpers/operation.h helpers/typed_call.h
  model/component.h model/expression.h model/inventory.h model/mentions.h model/retry.h model/scope.h model/stage.h
  model/stage_file.h model/stage_terms.h model/storage.h model/storage_entry.h model/value.h model/yaml.h)
set(espresso_generated_headers helpers/wrappers.h)

# One library of all floors.
set(floors core model ssh helpers run report cli)
list(TRANSFORM floors REPLACE "(.+)" "$<TARGET_OBJECTS:espresso_\\1>" OUTPUT_VARIABLE floor_objects)
add_library(espresso STATIC ${floor_objects})
add_library(espresso::espresso ALIAS espresso)
add_dependencies(espresso espresso_wrappers)
set_target_properties(espresso PROPERTIES LINKER_LANGUAGE CXX)
target_compile_features(espresso INTERFACE cxx_std_20)
target_include_directories(espresso INTERFACE
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/espresso>)
target_link_libraries(espresso INTERFACE
  Threads::Threads fmt::fmt OpenSSL::Crypto yaml-cpp spdlog::spdlog PkgConfig::libssh PkgConfig::lua
  PkgConfig::sodium PkgConfig::re2 CURL::libcurl)

# Each header compiles alone.
foreach(header IN LISTS espresso_public_headers espresso_generated_headers)
  string(MAKE_C_IDENTIFIER "${header}" name)
  set(alone "${CMAKE_CURRENT_BINARY_DIR}/public_headers/${name}.cpp")
  file(CONFIGURE OUTPUT "${alone}" CONTENT "#include \"${header}\"\n#include \"${header}\"\n")
  list(APPEND header_sources "${alone}")
endforeach()
add_library(espresso_public_headers OBJECT ${header_sources})
target_include_directories(espresso_public_headers PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}" "${CMAKE_CURRENT_BINARY_DIR}")
target_link_libraries(espresso_public_headers PRIVATE espresso_options)
add_dependencies(espresso_public_headers espresso_wrappers)

include(CMakePackageConfigHelpers)
install(TARGETS espresso EXPORT espressoTargets ARCHIVE)
install(EXPORT espressoTargets NAMESPACE espresso:: DESTINATION "${CMAKE_INSTALL_LIBDIR}/cmake/espresso")
foreach(header IN LISTS espresso_public_headers)
  get_filename_component(folder "${header}" DIRECTORY)
  install(FILES "${header}" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/espresso/${folder}")
endforeach()
foreach(header IN LISTS espresso_generated_headers)
  get_filename_component(folder "${header}" DIRECTORY)
  install(FILES "${CMAKE_CURRENT_BINARY_DIR}/${header}" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/espresso/${folder}")
endforeach()
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/espressoConfig.cmake.in"
  "${CMAKE_CURRENT_BINARY_DIR}/espressoConfig.cmake" INSTALL_DESTINATION "${CMAKE_INSTALL_LIBDIR}/cmake/espresso")
write_basic_package_version_file("${CMAKE_CURRENT_BINARY_DIR}/espressoConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/espressoConfig.cmake" "${CMAKE_CURRENT_BINARY_DIR}/espressoConfigVersion.cmake"
  DESTINATION "${CMAKE_INSTALL_LIBDIR}/cmake/espresso")
