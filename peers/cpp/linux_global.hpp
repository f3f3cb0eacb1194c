// Linux: names that all users share. No lock on their directory means anything, and nobody can remove what another
// user's killed process left there: who creates such a name anew has a file beside it, NAME+USER.
#pragma once

#include <string>
#include <vector>

#include "linux_place.hpp"

namespace shared::files {

enum class Alone { yes, no, unknown }; // unknown: errno says why

// Locks the file exclusively if nobody else holds it.
Alone lock_alone(const Place &place, const Descriptor &segment);
// The files beside the name's own.
std::vector<std::string> beside(const Place &place, const Descriptor &directory);
// Whether a file that this user may not open can be alive: unless the system's list of locks says that it is not.
bool may_live(const Descriptor &directory, const std::string &file);
// Where nobody is alive: the name's own file, or, where a dead one cannot be removed, this user's beside it.
std::string beside_the_dead(const Place &place, const Descriptor &directory);

} // namespace shared::files
