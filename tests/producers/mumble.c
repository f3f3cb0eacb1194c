/* A game that tells a voice client where its player is: LinkedMem, with the wchar_t of whoever compiles it. mumble NAME */
#include "shared.h"
#include "mumble_link.h"

#include <signal.h>

static volatile sig_atomic_t stopping;

static void on_stop(int number)
{
    (void)number;
    stopping = 1;
}

int main(int count, char **words)
{
    struct LinkedMem *link;
    if (count < 2 || (link = shared_create(words[1], sizeof *link)) == NULL) {
        fprintf(stderr, "cannot create the link\n");
        return 3;
    }
    signal(SIGTERM, on_stop);
    link->uiVersion = 2;
    wcscpy(link->name, L"Sim");
    wcscpy(link->identity, L"player-1");
    wcscpy(link->description, L"A simulator that says where you are.");
    link->context_len = 4;
    memcpy(link->context, "arena", 5);
    link->fAvatarFront[2] = link->fCameraFront[2] = 1.0f;
    link->fAvatarTop[1] = link->fCameraTop[1] = 1.0f;
    while (!stopping) {
        link->fAvatarPosition[0] = link->fCameraPosition[0] = (float)(link->uiTick % 100);
        link->uiTick++;
        pause_ms(1);
    }
    shared_remove(words[1]);
    return 0;
}
