## Bytes with more than one name.

type
  FloatBits* {.union.} = object
    Real*: float32
    Bits*: uint32
    Bytes*: array[4, uint8]

  NumberValue* {.union.} = object
    Whole*: int64
    Real*: float64
    Halves*: array[2, uint32]
    Raw*: array[16, uint8]

  VariantTag* {.size: sizeof(uint32).} = enum
    variantEmpty = 0
    variantWhole = 1
    variantReal = 2
    variantRaw = 3

  Variant* = object
    Tag*: VariantTag
    Value*: NumberValue

  VariantList* = object
    Count*: uint16
    Items*: array[3, Variant]

  RoundShape* = object
    CentreX*: float32
    CentreY*: float32
    Radius*: float64

  EdgedShape* = object
    Left*: int16
    Top*: int16
    Width*: uint32
    Height*: uint32

  ShapeBody* {.union.} = object
    Round*: RoundShape
    Edged*: EdgedShape

  DrawnShape* = object
    Kind*: uint8
    Body*: ShapeBody
    Colour*: uint32
