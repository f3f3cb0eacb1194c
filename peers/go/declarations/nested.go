package declarations

type Vector struct {
	X, Y, Z float32
}

type Pose struct {
	Position Vector
	Heading  Vector
	Valid    bool
}

type Wheel struct {
	Locked bool
	Speed  float32
	Slip   [2]float32
	Wear   uint8
}

type Car struct {
	Number uint16
	Wheels [4]Wheel
	Body   Pose
}

type Garage struct {
	Open bool
	Cars [2]Car
	Area float64
}

type Tensor struct {
	Rank  uint8
	Cells [2][3][4]int16
	Scale [2][2]float64
}

type Tile struct {
	Kind    uint8
	Heights [2][3]uint16
}

type Board struct {
	Turn  int32
	Tiles [2][3]Tile
	Score [2]uint32
}

type RoundShape struct {
	CentreX float32
	CentreY float32
	Radius  float64
}

type EdgedShape struct {
	Left   int16
	Top    int16
	Width  uint32
	Height uint32
}
