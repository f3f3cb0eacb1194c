{ What this peer says of itself. }
unit About;

{$MODE OBJFPC}{$H+}

interface

const
{$IFDEF CPU64}
  PointerSize = '8';
{$ELSE}
  PointerSize = '4';
{$ENDIF}
{$IF DEFINED(CPUX86_64)}
  Machine = 'x86_64';
{$ELSEIF DEFINED(CPUI386)}
  Machine = 'i686';
{$ELSE}
  Machine = {$I %FPCTARGETCPU%};
{$ENDIF}
{$IFDEF WINDOWS}
  System_ = 'windows';
  Wide = '';
{$ELSE}
  System_ = 'linux';
  Wide = '"wchar from unsigned",';
{$ENDIF}
  { UCS4Char is a range of numbers to the compiler, and no enumeration goes beyond a LongInt. }
  CannotTell = '["char32 from unsigned",' + Wide + '"enum from unsigned","how a record is aligned","which constants an enum has besides",'
    + '"fields in holes that the layout does not have"]';
  Info: PAnsiChar = '{"peer":"pascal","language":"Object Pascal","version":"fpc ' + {$I %FPCVERSION%} + '","target":"'
    + Machine + '-' + System_ + '","pointer":' + PointerSize + ',"cannot_tell":' + CannotTell + '}';

implementation

end.
