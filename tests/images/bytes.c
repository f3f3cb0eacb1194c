/* The bytes of a truck's frame as the compiler of another CPU makes them, in a section of their own. Needs no C library:
 *
 *     s390x-linux-gnu-gcc -ffreestanding -c bytes.c && objcopy -O binary -j image bytes.o
 */
#include "records.h"

__attribute__((section("image"), used)) const TruckFrame frame = TRUCK;
