## Objects in objects, arrays of objects, arrays of arrays.

type
  Vector* = object
    X*, Y*, Z*: float32

  Pose* = object
    Position*: Vector
    Heading*: Vector
    Valid*: bool

  Wheel* = object
    Locked*: bool
    Speed*: float32
    Slip*: array[2, float32]
    Wear*: uint8

  Car* = object
    Number*: uint16
    Wheels*: array[4, Wheel]
    Body*: Pose

  Garage* = object
    Open*: bool
    Cars*: array[2, Car]
    Area*: float64

  Tensor* = object
    Rank*: uint8
    Cells*: array[2, array[3, array[4, int16]]]
    Scale*: array[2, array[2, float64]]

  Tile* = object
    Kind*: uint8
    Heights*: array[2, array[3, uint16]]

  Board* = object
    Turn*: int32
    Tiles*: array[2, array[3, Tile]]
    Score*: array[2, uint32]
