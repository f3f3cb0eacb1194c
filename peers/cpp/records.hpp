// The records over the probe's table: what both faces do with them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "probe.hpp"
#include "segment.hpp"

namespace records {

// What PeerInfo says: an object of JSON.
extern const std::string_view introduction;

// Null for a layout that is not declared.
const probe::Layout *find(std::int32_t index);
const probe::Layout *find(std::string_view name);

shared::Kind store(const probe::Layout &layout, void *record, std::int64_t capacity, const std::uint64_t *leaves,
                   const PeerText *texts);
shared::Kind store_leaf(const probe::Layout &layout, void *record, std::int64_t capacity, std::int64_t leaf,
                        std::uint64_t bits);
// Gives every leaf's bits (0 for a text) and every text, its units big-endian.
shared::Kind load(const probe::Layout &layout, const void *record, std::int64_t capacity, std::uint64_t *leaves,
                  std::vector<std::string> &texts);

} // namespace records
