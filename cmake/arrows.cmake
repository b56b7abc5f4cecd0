# One library target a folder, and which folders each may know. A target that links a folder it must
# not know stops the configuration; a source that includes one fails tests/house/check_includes.py.

set(ARROWS_ingest)
set(ARROWS_replay ingest)
set(ARROWS_engine ingest)
set(ARROWS_publishers engine ingest)
set(ARROWS_training publishers replay engine ingest)
set(ARROWS_app training publishers engine replay ingest)

# Adds the library draftstream_<folder> from the listed sources.
function(add_folder_library folder)
  add_library(draftstream_${folder} STATIC ${ARGN})
  target_link_libraries(draftstream_${folder} PUBLIC draftstream_flags)
endfunction()

# Refuses links that run against the arrows.
function(check_arrows)
  foreach(folder ingest replay engine publishers training app)
    if(NOT TARGET draftstream_${folder})
      continue()
    endif()
    get_target_property(linked draftstream_${folder} LINK_LIBRARIES)
    foreach(library IN LISTS linked)
      if(library MATCHES "^draftstream_([a-z]+)$")
        set(other ${CMAKE_MATCH_1})
        if(NOT other STREQUAL "flags" AND NOT other IN_LIST ARROWS_${folder})
          message(FATAL_ERROR "${folder} must not know ${other}; allowed: ${ARROWS_${folder}}")
        endif()
      endif()
    endforeach()
  endforeach()
endfunction()
