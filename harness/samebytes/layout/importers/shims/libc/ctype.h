#pragma once
int isspace(int);
int tolower(int);
