# The CUDA language and runtime, for one kind of device at least.
include(CheckLanguage)
if(NOT CMAKE_CUDA_COMPILER AND NOT DEFINED ENV{CUDACXX})
  find_program(DRAFTSTREAM_NVCC nvcc PATHS /usr/local/cuda/bin)  # PATH first
  mark_as_advanced(DRAFTSTREAM_NVCC)
  if(DRAFTSTREAM_NVCC)
    set(CMAKE_CUDA_COMPILER ${DRAFTSTREAM_NVCC})
  endif()
endif()
if(NOT CMAKE_CUDA_ARCHITECTURES)  # what came later runs the code for 90, compiled when it starts
  set(CMAKE_CUDA_ARCHITECTURES "80-real;90" CACHE STRING "Kinds of device to compile for" FORCE)
endif()
check_language(CUDA)
if(NOT CMAKE_CUDA_COMPILER)
  message(FATAL_ERROR "CUDA: found no nvcc in PATH, CUDACXX or /usr/local/cuda/bin; expected the "
                      "CUDA toolkit (11.8 or later)")
endif()
enable_language(CUDA)
find_package(CUDAToolkit 11.8 REQUIRED)
set(CMAKE_CUDA_STANDARD 17)  # CMake 3.18 to 3.25 know no newer one for every nvcc
set(CMAKE_CUDA_STANDARD_REQUIRED ON)

# constexpr functions are for both processors.
target_compile_options(draftstream_flags INTERFACE
  $<$<COMPILE_LANGUAGE:CUDA>:--expt-relaxed-constexpr>
  $<$<COMPILE_LANGUAGE:CUDA>:-Xcompiler=-Wall,-Wextra>
  $<$<AND:$<BOOL:${DRAFTSTREAM_WERROR}>,$<COMPILE_LANGUAGE:CUDA>>:-Werror=all-warnings>)
