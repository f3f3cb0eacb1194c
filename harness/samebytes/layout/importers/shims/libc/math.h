#pragma once
#ifdef __cplusplus
extern "C" {
#endif
double sqrt(double);
double fabs(double);
double sin(double);
double cos(double);
float sqrtf(float);
float fabsf(float);
#ifdef __cplusplus
}
#endif
#define M_PI 3.14159265358979323846
