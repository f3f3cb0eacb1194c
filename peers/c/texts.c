/* Texts that stand as they are behind their length: SomeData and Announcement in UTF-16, Note and PackedNote in UTF-8. */
#include "texts.h"

#include <stddef.h>
#include <string.h>

#include "lengths.h"

/* ---- UTF-16 units, copied by memcpy because a record may stand at an odd address ---- */

static int64_t measure_units(int64_t before, const PeerText *text)
{
    return text->count < 0 || text->count % 2 != 0 ? -1 : measured(before, text->count);
}

static void store_units(void *length, void *to, const PeerText *text)
{
    const uint8_t *units = text->bytes;
    for (int64_t at = 0; at < text->count; at += 2) {
        char16_t unit = (char16_t)(units[at] << 8 | units[at + 1]);
        memcpy((uint8_t *)to + at, &unit, sizeof unit);
    }
    publish_length(length, text->count);
}

static int32_t load_units(const void *length, const void *from, int64_t room, PeerText *text)
{
    int64_t bytes = read_length(length);
    if (bytes < 0 || bytes > room || bytes > text->count)
        return MAPPING_RANGE;
    if (bytes % 2 != 0)
        return MAPPING_INVALID;
    for (int64_t at = 0; at < bytes; at += 2) {
        char16_t unit;
        memcpy(&unit, (const uint8_t *)from + at, sizeof unit);
        text->bytes[at] = (uint8_t)(unit >> 8);
        text->bytes[at + 1] = (uint8_t)unit;
    }
    text->count = bytes;
    return MAPPING_OK;
}

int64_t SomeData_Measure(const SomeDataTexts *texts)
{
    return measure_units(offsetof(SomeData, Text), &texts->Text);
}

void SomeData_Store(SomeData *data, const SomeDataTexts *texts)
{
    store_units(&data->length, data->Text, &texts->Text);
}

int32_t SomeData_Load(const SomeData *data, int64_t capacity, SomeDataTexts *texts)
{
    return load_units(&data->length, data->Text, capacity - (int64_t)offsetof(SomeData, Text), &texts->Text);
}

int64_t Announcement_Measure(const AnnouncementTexts *texts)
{
    return measure_units(offsetof(Announcement, Text), &texts->Text);
}

void Announcement_Store(Announcement *announcement, const AnnouncementTexts *texts)
{
    store_units(&announcement->length, announcement->Text, &texts->Text);
}

int32_t Announcement_Load(const Announcement *announcement, int64_t capacity, AnnouncementTexts *texts)
{
    int64_t room = capacity - (int64_t)offsetof(Announcement, Text);
    return load_units(&announcement->length, announcement->Text, room, &texts->Text);
}

/* ---- UTF-8: bytes ---- */

static int64_t measure_bytes(int64_t before, const PeerText *text)
{
    return text->count < 0 ? -1 : measured(before, text->count);
}

static void store_bytes(void *length, char *to, const PeerText *text)
{
    if (text->count > 0) /* an empty text need not have bytes to point to */
        memcpy(to, text->bytes, (size_t)text->count);
    publish_length(length, text->count);
}

static int32_t load_bytes(const void *length, const char *from, int64_t room, PeerText *text)
{
    int64_t bytes = read_length(length);
    if (bytes < 0 || bytes > room || bytes > text->count)
        return MAPPING_RANGE;
    if (bytes > 0)
        memcpy(text->bytes, from, (size_t)bytes);
    text->count = bytes;
    return MAPPING_OK;
}

int64_t Note_Measure(const NoteTexts *texts)
{
    return measure_bytes(offsetof(Note, Text), &texts->Text);
}

void Note_Store(Note *note, const NoteTexts *texts)
{
    store_bytes(&note->length, note->Text, &texts->Text);
}

int32_t Note_Load(const Note *note, int64_t capacity, NoteTexts *texts)
{
    return load_bytes(&note->length, note->Text, capacity - (int64_t)offsetof(Note, Text), &texts->Text);
}

/* A pointer to a packed field is none to its type: the length is reached from the record's first byte. */

int64_t PackedNote_Measure(const PackedNoteTexts *texts)
{
    return measure_bytes(offsetof(PackedNote, Text), &texts->Text);
}

void PackedNote_Store(PackedNote *note, const PackedNoteTexts *texts)
{
    store_bytes((uint8_t *)note + offsetof(PackedNote, length), note->Text, &texts->Text);
}

int32_t PackedNote_Load(const PackedNote *note, int64_t capacity, PackedNoteTexts *texts)
{
    const uint8_t *length = (const uint8_t *)note + offsetof(PackedNote, length);
    return load_bytes(length, note->Text, capacity - (int64_t)offsetof(PackedNote, Text), &texts->Text);
}
