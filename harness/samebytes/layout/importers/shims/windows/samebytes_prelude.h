/* For headers that expect their includer to have included these first. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <windows.h>
#include <time.h>
