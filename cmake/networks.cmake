# LibTorch, where it is wanted and there; without it `--no-networks` is the only way.
if(DRAFTSTREAM_NETWORKS)
  find_package(Torch QUIET)
  if(NOT Torch_FOUND)
    message(STATUS "networks: found no LibTorch (libtorch-dev); the program will not have any")
  endif()
endif()
# Where programs look for the library that they load.
set(CMAKE_BUILD_RPATH ${PROJECT_BINARY_DIR}/lib)
set(CMAKE_INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}/draftstream")
