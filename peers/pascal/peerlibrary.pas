{ The library: the whole contract, exported. }
library PeerLibrary;

{$MODE OBJFPC}{$H+}

uses
  {$IFDEF UNIX}
  CMem, // Pascal's own heap wants threads that Pascal started
  {$ENDIF}
  Buffers, Contract, Lock;

exports
  CreateBufferFile, CreateBuffer, FreeBuffer, FreeBufferFile,
  WriteInteger name 'Write', ReadInteger name 'Read',
  OpenBufferFile, BufferFileCapacity, BufferFileCreated, MapBuffer, BufferCapacity, BufferErrorCode,
  PeerInfo, PeerLayoutCount, PeerLayoutName, PeerLayoutSize, PeerLayoutAlign,
  PeerLeafCount, PeerLeaf, PeerLeafKind, PeerMemberCount, PeerMember, PeerConstantCount, PeerConstant,
  PeerStore, PeerStoreLeaf, PeerLoad, PeerLock;

begin
end.
