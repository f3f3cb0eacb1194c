package declarations

// Blocks in the manner of what programs publish: monitors, simulators, markets.

type CoreTemperatures struct {
	Load         [16]uint32
	Limit        [4]uint32
	Cores        uint32
	Processors   uint32
	Degrees      [16]float32
	Voltage      float32
	Clock        float32
	Multiplier   float32
	Processor    [41]byte
	InFahrenheit bool
	BelowLimit   bool
}

type TruckPlace struct {
	X, Y, Z              float64
	Heading, Pitch, Roll float32
}

type TruckFrame struct {
	Running       bool
	Revision      uint32
	SimulatedTime uint64
	RenderTime    uint64
	Place         TruckPlace
	Gear          int8
	GearCount     uint8
	EngineSpeed   float32
	Fuel          float32
	WheelTurn     [6]float32
	Lights        [7]bool
	Trailer       [30]byte
	Income        int64
}

type VoiceLink struct {
	Version        uint32
	Tick           uint32
	AvatarPosition [3]float32
	AvatarFront    [3]float32
	Program        [31]WideChar
	CameraPosition [3]float32
	Identity       [32]WideChar
	ContextLength  uint32
	Context        [48]byte
	Description    [40]WideChar
}

type BookLevel struct {
	Price    int64
	Quantity uint32
	Orders   uint16
}

type MarketState uint16

const (
	MarketClosed MarketState = iota
	MarketAuction
	MarketOpen
	MarketHalted
)

type BookSnapshot struct {
	Symbol   [8]byte
	Sequence uint64
	Time     int64
	State    MarketState
	BidCount uint8
	AskCount uint8
	Bids     [8]BookLevel
	Asks     [8]BookLevel
}
