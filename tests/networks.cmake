# Untrained networks for tests, and what Python makes of these and of the shipped ones, written by
# training/python/ where python3-torch is. Tests that find none say so and pass.
add_library(draftstream_test_networks STATIC support/test_networks.cpp)
target_link_libraries(draftstream_test_networks PUBLIC draftstream_flags)
set(python /usr/bin/python3)  # Debian's, which sees Debian's packages, whatever PATH says
set(no_torch 1)
if(TARGET draftstream_networks AND EXISTS ${python})
  execute_process(COMMAND ${python} -c "import torch" RESULT_VARIABLE no_torch OUTPUT_QUIET ERROR_QUIET)
endif()
if(no_torch EQUAL 0)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/networks)
  file(MAKE_DIRECTORY ${folder}/shipped)
  set(python_folder ${PROJECT_SOURCE_DIR}/training/python)
  set(run_python ${CMAKE_COMMAND} -E env PYTHONDONTWRITEBYTECODE=1 ${python})
  set(network_files)
  foreach(kind detector classifier)
    set(shipped ${PROJECT_SOURCE_DIR}/models/${kind}.pt)
    add_custom_command(OUTPUT ${folder}/${kind}.pt ${folder}/${kind}.reference
      COMMAND ${run_python} ${python_folder}/export_arch.py ${kind} ${folder}/${kind}.pt
      COMMAND ${run_python} ${python_folder}/network_reference.py
              ${kind} ${folder}/${kind}.pt ${folder}/${kind}.reference
      DEPENDS ${python_folder}/export_arch.py ${python_folder}/network_reference.py
              ${python_folder}/networks.py VERBATIM)
    add_custom_command(OUTPUT ${folder}/shipped/${kind}.pt ${folder}/shipped/${kind}.reference
      COMMAND ${CMAKE_COMMAND} -E copy ${shipped} ${folder}/shipped/${kind}.pt
      COMMAND ${run_python} ${python_folder}/network_reference.py
              ${kind} ${shipped} ${folder}/shipped/${kind}.reference
      DEPENDS ${python_folder}/network_reference.py ${python_folder}/networks.py ${shipped}
      VERBATIM)
    list(APPEND network_files ${folder}/${kind}.pt ${folder}/shipped/${kind}.pt)
  endforeach()
  add_custom_target(test_network_files DEPENDS ${network_files})
  add_dependencies(draftstream_test_networks test_network_files draftstream_networks)
  set_source_files_properties(support/test_networks.cpp PROPERTIES
    COMPILE_DEFINITIONS DRAFTSTREAM_TEST_NETWORKS="${folder}")
else()
  message(STATUS "tests: found no python3-torch, or no LibTorch; networks are not tested")
endif()
