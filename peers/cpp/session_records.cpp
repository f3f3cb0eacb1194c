// The verbs about records: describe, store, store_leaf and load.
#include <vector>

#include "records.hpp"
#include "session.hpp"

using shared::Failure;
using shared::Kind;
using wire::Request;

static const probe::Layout &declared(std::string_view name)
{
    const probe::Layout *const layout = records::find(name);
    if (layout == nullptr)
        throw Failure{Kind::unsupported};
    return *layout;
}

static void check(Kind kind)
{
    if (kind != Kind::ok)
        throw Failure{kind};
}

static std::int64_t bytes_in(const std::string &text)
{
    return static_cast<std::int64_t>(text.size());
}

static std::string place(const char *path, std::int64_t offset, std::int64_t size)
{
    return std::string{"[\""} + path + "\"," + std::to_string(offset) + ',' + std::to_string(size);
}

// The constants of one enumeration stand together.
static std::string enumerations(const probe::Layout &layout)
{
    std::string members;
    std::string_view last;
    for (const probe::Constant &constant : layout.constants) {
        if (constant.enumeration == last)
            members += ',';
        else
            members.append(members.empty() ? "\"" : "},\"").append(constant.enumeration).append("\":{");
        const auto beyond = static_cast<std::uint64_t>(constant.value);
        members.append("\"").append(constant.name).append("\":");
        members += constant.negative ? std::to_string(constant.value) : std::to_string(beyond);
        last = constant.enumeration;
    }
    return members.empty() ? members : members + '}';
}

std::string Session::describe(const Request &request)
{
    const probe::Layout &layout = declared(request.words[2]);
    std::string members = "\"size\":" + std::to_string(layout.size) + ",\"align\":" + std::to_string(layout.align);
    std::string_view comma = ",\"leaves\":[";
    for (const probe::Leaf &leaf : layout.leaves) {
        members.append(comma).append(place(leaf.path, leaf.offset, leaf.width)).append(",\"").append(leaf.kind);
        members += "\"]";
        comma = ",";
    }
    members += "],\"members\":[";
    comma = "";
    for (const probe::Member &member : layout.members) {
        members.append(comma).append(place(member.path, member.offset, member.size)) += ']';
        comma = ",";
    }
    return members + "],\"enums\":{" + enumerations(layout) + "}";
}

std::string Session::store(const Request &request)
{
    const std::int64_t offset = request.number(3);
    const probe::Layout &layout = declared(request.words[4]);
    const shared::View &view = views_.at(request.number(2));
    std::uint8_t *const record = within(view, offset, 0, true);
    if (request.words.size() - 5 != static_cast<std::size_t>(layout.leaves.count))
        throw Failure{Kind::invalid};
    std::vector<std::uint64_t> leaves(request.words.size() - 5);
    std::vector<std::string> bodies;
    for (std::size_t i = 0; i < leaves.size(); i++) {
        const probe::Leaf &leaf = layout.leaves[static_cast<std::int64_t>(i)];
        const std::string_view word = request.words[5 + i];
        if (leaf.unit == 0) {
            leaves[i] = wire::bits_of(word, leaf.bytes);
            continue;
        }
        bodies.push_back(word == "-" ? "" : wire::bytes_of(word));
        if (word.empty() || bodies.back().size() % static_cast<std::size_t>(leaf.unit) != 0)
            throw Failure{Kind::invalid};
    }
    std::vector<PeerText> texts;
    for (std::string &body : bodies)
        texts.push_back({reinterpret_cast<std::uint8_t *>(body.data()), bytes_in(body)});
    check(records::store(layout, record, view.capacity() - offset, leaves.data(), texts.data()));
    return "";
}

std::string Session::store_leaf(const Request &request)
{
    const std::int64_t offset = request.number(3), index = request.number(5);
    const probe::Layout &layout = declared(request.words[4]);
    const shared::View &view = views_.at(request.number(2));
    std::uint8_t *const record = within(view, offset, 0, true);
    if (index < 0 || index >= layout.leaves.count)
        throw Failure{Kind::invalid};
    if (layout.leaves[index].unit != 0)
        throw Failure{Kind::unsupported};
    const std::uint64_t bits = wire::bits_of(request.words[6], layout.leaves[index].bytes);
    check(records::store_leaf(layout, record, view.capacity() - offset, index, bits));
    return "";
}

std::string Session::load(const Request &request)
{
    const std::int64_t offset = request.number(3);
    const probe::Layout &layout = declared(request.words[4]);
    const shared::View &view = views_.at(request.number(2));
    const std::uint8_t *const record = within(view, offset, 0, false);
    std::vector<std::uint64_t> leaves(static_cast<std::size_t>(layout.leaves.count) + 1);
    std::vector<std::string> texts;
    check(records::load(layout, record, view.capacity() - offset, leaves.data(), texts));
    std::string members = "\"leaves\":[";
    std::size_t text = 0;
    for (std::int32_t i = 0; i < layout.leaves.count; i++) {
        const probe::Leaf &leaf = layout.leaves[i];
        members += i == 0 ? "\"" : ",\"";
        if (leaf.unit == 0)
            wire::append_bits(members, leaves[static_cast<std::size_t>(i)], leaf.bytes);
        else if (const std::string &found = texts[text++]; found.empty())
            members += '-';
        else
            wire::append_hex(members, reinterpret_cast<const std::uint8_t *>(found.data()), bytes_in(found));
        members += '"';
    }
    return members += ']';
}
