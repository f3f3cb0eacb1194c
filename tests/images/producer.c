/* A producer whose images are kept: a truck's frame and a voice link in shared memory, until standard input ends.
 *
 *     producer NAME truck|voice
 *
 * On Linux NAME is a raw POSIX object, which it unlinks at its end; on Windows a named section.
 */
#include <stdio.h>
#include <string.h>

#include "records.h"

static const TruckFrame truck = TRUCK;
static const VoiceLink voice = VOICE;

static int serve(void *memory, const char *what)
{
	if (memory == NULL)
		return 1;
	if (strcmp(what, "truck") == 0)
		memcpy(memory, &truck, sizeof truck);
	else
		memcpy(memory, &voice, sizeof voice);
	puts("ready");
	fflush(stdout);
	while (getchar() != EOF)
		;
	return 0;
}

#define SIZE(what) (strcmp(what, "truck") == 0 ? sizeof truck : sizeof voice)

#ifdef _WIN32
#include <windows.h>

int main(int count, char **words)
{
	HANDLE file;

	if (count != 3)
		return 2;
	file = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, SIZE(words[2]), words[1]);
	return serve(file ? MapViewOfFile(file, FILE_MAP_ALL_ACCESS, 0, 0, 0) : NULL, words[2]);
}
#else
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

int main(int count, char **words)
{
	int file, status;
	void *memory;

	if (count != 3)
		return 2;
	file = shm_open(words[1], O_RDWR | O_CREAT | O_EXCL, 0600);
	if (file < 0 || ftruncate(file, SIZE(words[2])) != 0)
		return 1;
	memory = mmap(NULL, SIZE(words[2]), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	status = serve(memory == MAP_FAILED ? NULL : memory, words[2]);
	shm_unlink(words[1]);
	return status;
}
#endif
