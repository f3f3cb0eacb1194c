/* The texts that stand behind a record, and the code that puts them there: JSON in message.c, any other in texts.c.
   For a record T the probe wants TTexts, with one member for each text, and three functions.

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

typedef struct NoteTexts {
    PeerText Text;
} NoteTexts;

int64_t Note_Measure(const NoteTexts *texts);
void Note_Store(Note *note, const NoteTexts *texts);
int32_t Note_Load(const Note *note, int64_t capacity, NoteTexts *texts);

typedef struct PackedNoteTexts {
    PeerText Text;
} PackedNoteTexts;

int64_t PackedNote_Measure(const PackedNoteTexts *texts);
void PackedNote_Store(PackedNote *note, const PackedNoteTexts *texts);
int32_t PackedNote_Load(const PackedNote *note, int64_t capacity, PackedNoteTexts *texts);

typedef struct AnnouncementTexts {
    PeerText Text;
} AnnouncementTexts;

int64_t Announcement_Measure(const AnnouncementTexts *texts);
void Announcement_Store(Announcement *announcement, const AnnouncementTexts *texts);
int32_t Announcement_Load(const Announcement *announcement, int64_t capacity, AnnouncementTexts *texts);

#endif
