/* The texts that stand behind a record, and the code that puts them there. For a record T the probe wants TTexts, with
   one member for each text, and the three functions below.

   Measure gives the bytes the record and its texts take together, or -1 if the texts cannot be written.
   Store writes the texts and then, with release ordering, their length; there is room for what was measured.
   Load answers a MappingResult and leaves the texts' counts alone unless that is MAPPING_OK. */
#ifndef TEXTS_H
#define TEXTS_H

#include "declarations.h"
#include "peer.h"

typedef struct MessageTexts {
    PeerText title;
    PeerText content;
} MessageTexts;

int64_t Message_Measure(const MessageTexts *texts);
void Message_Store(Message *message, const MessageTexts *texts);
int32_t Message_Load(const Message *message, int64_t capacity, MessageTexts *texts);

typedef struct SomeDataTexts {
    PeerText Text;
} SomeDataTexts;

int64_t SomeData_Measure(const SomeDataTexts *texts);
void SomeData_Store(SomeData *data, const SomeDataTexts *texts);
int32_t SomeData_Load(const SomeData *data, int64_t capacity, SomeDataTexts *texts);

#endif
