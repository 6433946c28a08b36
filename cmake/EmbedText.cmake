# embed_text(OUTPUT VARIABLE FILE...): writes a C++ source that defines
# `const std::vector<EmbeddedText> VARIABLE` with the name (below BASE) and text of each FILE.
# The table is generated, not self-registering: a static library would drop registrations.
function(embed_text output variable base)
  set(script "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/embed_text_script.cmake")
  add_custom_command(
    OUTPUT "${output}"
    COMMAND "${CMAKE_COMMAND}" "-DOUTPUT=${output}" "-DVARIABLE=${variable}" "-DBASE=${base}" "-DFILES=${ARGN}"
            -P "${script}"
    DEPENDS ${ARGN} "${script}"
    COMMENT "Embedding ${variable}"
    VERBATIM)
endfunction()
