#pragma once
#include <samebytes_basic.h>
