#undef assert
#define assert(what) ((void)0)
#if !defined(__cplusplus) && !defined(static_assert)
#define static_assert _Static_assert
#endif
