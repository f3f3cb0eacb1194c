public unsafe struct CarState
{
    public double Speed;
    public ushort Rpm;
    public short Gear;
    public bool PitLimiter;
    public fixed float Wheels[4];
}
