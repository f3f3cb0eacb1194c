/* Containers of the C++ standard library, as what they are to shared memory: a pointer. Their members are not here. */
#pragma once
#include <cstddef>
#define SAMEBYTES_CONTAINER(name) \
  template <class... Of> class name { void *pointer; }
namespace std {
template <class Of> class allocator {};
template <class Of> struct char_traits {};
template <class Of, class... Rest> class basic_string { void *pointer; size_t size, room; };
template <class Of, class... Rest> class vector { Of *begin, *end, *room; };
template <class Of, class... Rest> class basic_string_view { const Of *pointer; size_t size; };
typedef basic_string<char> string;
typedef basic_string<wchar_t> wstring;
typedef basic_string<char16_t> u16string;
typedef basic_string<char32_t> u32string;
typedef basic_string_view<char> string_view;
typedef basic_string_view<wchar_t> wstring_view;
SAMEBYTES_CONTAINER(deque);
SAMEBYTES_CONTAINER(list);
SAMEBYTES_CONTAINER(forward_list);
SAMEBYTES_CONTAINER(map);
SAMEBYTES_CONTAINER(multimap);
SAMEBYTES_CONTAINER(set);
SAMEBYTES_CONTAINER(multiset);
SAMEBYTES_CONTAINER(unordered_map);
SAMEBYTES_CONTAINER(unordered_multimap);
SAMEBYTES_CONTAINER(unordered_set);
SAMEBYTES_CONTAINER(unordered_multiset);
SAMEBYTES_CONTAINER(unique_ptr);
SAMEBYTES_CONTAINER(shared_ptr);
SAMEBYTES_CONTAINER(weak_ptr);
SAMEBYTES_CONTAINER(function);
SAMEBYTES_CONTAINER(stack);
SAMEBYTES_CONTAINER(queue);
SAMEBYTES_CONTAINER(priority_queue);
}
