# Untrained networks for tests, written by training/python/ where python3-torch is. Tests that find
# none say so and pass.
add_library(draftstream_test_networks STATIC support/test_networks.cpp)
target_link_libraries(draftstream_test_networks PUBLIC draftstream_flags)
set(python /usr/bin/python3)  # Debian's, which sees Debian's packages, whatever PATH says
set(no_torch 1)
if(TARGET draftstream_networks AND EXISTS ${python})
  execute_process(COMMAND ${python} -c "import torch" RESULT_VARIABLE no_torch OUTPUT_QUIET ERROR_QUIET)
endif()
if(no_torch EQUAL 0)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/networks)
  file(MAKE_DIRECTORY ${folder})
  set(export ${PROJECT_SOURCE_DIR}/training/python/export_arch.py)
  foreach(kind detector classifier)
    add_custom_command(OUTPUT ${folder}/${kind}.pt ${folder}/${kind}.reference
      COMMAND ${CMAKE_COMMAND} -E env PYTHONDONTWRITEBYTECODE=1
              ${python} ${export} ${kind} ${folder}/${kind}.pt --reference ${folder}/${kind}.reference
      DEPENDS ${export} ${PROJECT_SOURCE_DIR}/training/python/networks.py VERBATIM)
  endforeach()
  add_custom_target(test_network_files DEPENDS ${folder}/detector.pt ${folder}/classifier.pt)
  add_dependencies(draftstream_test_networks test_network_files draftstream_networks)
  set_source_files_properties(support/test_networks.cpp PROPERTIES
    COMPILE_DEFINITIONS DRAFTSTREAM_TEST_NETWORKS="${folder}")
else()
  message(STATUS "tests: found no python3-torch, or no LibTorch; networks are not tested")
endif()
