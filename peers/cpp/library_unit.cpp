// The library in one translation unit: what its parts have in common is parsed once, which is most of a build.
#include "library.cpp"
#include "linux_global.cpp"
#include "linux_place.cpp"
#include "linux_segment.cpp"
#include "records.cpp"
#include "segment.cpp"
#include "texts.cpp"
#include "windows_segment.cpp"
