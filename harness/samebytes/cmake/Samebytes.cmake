# samebytes_check(TARGET ...): a build that fails where a declaration is not the record that was promised, and a test of all copies.
#
#   list(APPEND CMAKE_MODULE_PATH "...")        # what `samebytes cmake --dir` prints
#   include(Samebytes)
#   samebytes_check(sim LAYOUT car.toml TYPE CarState IN car.h)
#
#   LAYOUT FILE     what was promised: a .toml description, a header, ...
#   TYPE NAME       the record in it
#   IN HEADER       the header that declares it by hand; left out: LAYOUT, which is then the header itself
#   AS NAME         what the type is called there, if not TYPE (struct Car)
#   LANGUAGE L      c or c++; left out: c where the project has C enabled
#   ABI NAME        left out: the one that is built for, where CMake's variables tell it
#   PROJECT FILE    a samebytes.toml: CTest runs `samebytes check` on it as samebytes.TARGET
#   OPTIONS ...     further options of samebytes check (--realm linux)
#
# LAYOUT with TYPE compiles asserts into TARGET; PROJECT adds a test; either may be left out. Needs CMake 3.18.

include_guard(GLOBAL)

find_program(SAMEBYTES_COMMAND samebytes DOC "the samebytes program")

function(_samebytes_abi result)
  set(processor "${CMAKE_SYSTEM_PROCESSOR}")
  if(processor MATCHES "^(x86_64|AMD64|amd64|i[3-6]86|x86)$")
    if(CMAKE_SIZEOF_VOID_P EQUAL 4)
      set(processor i686)
    else()
      set(processor x86_64)
    endif()
  elseif(processor MATCHES "^(aarch64|arm64|ARM64)$")
    set(processor aarch64)
  elseif(processor MATCHES "^(ppc64le|ppc64)$")
    string(REPLACE ppc powerpc processor "${processor}")
  endif()
  if(CMAKE_SYSTEM_NAME STREQUAL "Windows")
    if(MINGW AND NOT processor STREQUAL "aarch64")
      set(${result} "${processor}-windows-gnu" PARENT_SCOPE)
    else()
      set(${result} "${processor}-windows" PARENT_SCOPE)
    endif()
  elseif(CMAKE_SYSTEM_NAME STREQUAL "Darwin")
    set(${result} "${processor}-macos" PARENT_SCOPE)
  elseif(processor MATCHES "^armv7")
    set(${result} armv7-linux-gnueabihf PARENT_SCOPE)
  else()
    set(${result} "${processor}-linux" PARENT_SCOPE)
  endif()
endfunction()

function(samebytes_check target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "LAYOUT;TYPE;IN;AS;LANGUAGE;ABI;PROJECT" "OPTIONS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "samebytes_check(${target}): unknown: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT TARGET ${target})
    message(FATAL_ERROR "samebytes_check(${target}): there is no target of that name")
  endif()
  if(NOT SAMEBYTES_COMMAND)
    message(FATAL_ERROR "samebytes_check(${target}): no samebytes program; pip install it, or set SAMEBYTES_COMMAND")
  endif()
  if(NOT arg_LAYOUT AND NOT arg_PROJECT)
    message(FATAL_ERROR "samebytes_check(${target}): LAYOUT with TYPE, or PROJECT, is needed")
  endif()
  if(arg_LAYOUT)
    if(NOT arg_TYPE)
      message(FATAL_ERROR "samebytes_check(${target}): LAYOUT without TYPE: which record?")
    endif()
    _samebytes_asserts()
  endif()
  if(arg_PROJECT)
    get_filename_component(project "${arg_PROJECT}" ABSOLUTE)
    add_test(NAME samebytes.${target} COMMAND "${SAMEBYTES_COMMAND}" check --project "${project}" ${arg_OPTIONS})
  endif()
endfunction()

# Reads the arguments of samebytes_check, in whose scope it runs.
macro(_samebytes_asserts)
  get_filename_component(layout "${arg_LAYOUT}" ABSOLUTE)
  set(header "${layout}")
  if(arg_IN)
    get_filename_component(header "${arg_IN}" ABSOLUTE)
  endif()
  get_property(enabled GLOBAL PROPERTY ENABLED_LANGUAGES)
  if(NOT arg_LANGUAGE AND "C" IN_LIST enabled)
    set(arg_LANGUAGE c)
  elseif(NOT arg_LANGUAGE)
    set(arg_LANGUAGE c++)
  endif()
  set(ending c)
  if(NOT arg_LANGUAGE STREQUAL "c")
    set(ending cpp)
  endif()
  if(NOT arg_ABI)
    _samebytes_abi(arg_ABI)
  endif()
  set(name "")
  if(arg_AS)
    set(name --as "${arg_AS}")
  endif()
  string(MAKE_C_IDENTIFIER "${target}_${arg_TYPE}" stem)
  set(folder "${CMAKE_CURRENT_BINARY_DIR}/samebytes")
  set(made "${folder}/${stem}_check.${ending}")
  file(MAKE_DIRECTORY "${folder}")
  add_custom_command(
    OUTPUT "${made}"
    COMMAND "${SAMEBYTES_COMMAND}" emit "${layout}" --type "${arg_TYPE}" --to "${arg_LANGUAGE}" --abi "${arg_ABI}"
            --check-only --in "${header}" ${name} -o "${made}"
    DEPENDS "${layout}" "${header}"
    COMMENT "Asserts for ${arg_TYPE} in ${target}"
    VERBATIM)
  get_filename_component(beside "${header}" DIRECTORY)
  set_source_files_properties("${made}" PROPERTIES INCLUDE_DIRECTORIES "${beside}")
  target_sources(${target} PRIVATE "${made}")
endmacro()
