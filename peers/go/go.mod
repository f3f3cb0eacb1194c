module samebytes/peers/go

go 1.18
