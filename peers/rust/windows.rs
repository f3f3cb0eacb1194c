//! Windows: the system's own named sections.

use std::ffi::c_void;
use std::io;
use std::mem::{size_of, MaybeUninit};
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle, RawHandle};
use std::ptr::null;

use crate::mapping::{Access, Failure, Kind, Mode};

pub const INVALID: i32 = 87; // ERROR_INVALID_PARAMETER
pub const NOT_TEXT: i32 = 1113; // ERROR_NO_UNICODE_TRANSLATION
pub const DENIED: i32 = 5; // ERROR_ACCESS_DENIED
pub const OUTSIDE: i32 = DENIED; // what MapViewOfFile says about a view beyond the section's end

const ALREADY_EXISTS: i32 = 183;
const INVALID_HANDLE_VALUE: RawHandle = -1isize as RawHandle;
const PAGE_READWRITE: u32 = 4;
const FILE_MAP_COPY: u32 = 1;
const FILE_MAP_WRITE: u32 = 2;
const FILE_MAP_READ: u32 = 4;

#[repr(C)]
struct MemoryBasicInformation {
    base: *mut u8,
    allocation_base: *mut u8,
    allocation_protect: u32,
    partition: u16,
    region_size: usize,
    state: u32,
    protect: u32,
    kind: u32,
}

#[repr(C)]
struct SystemInfo {
    architecture: u32,
    page_size: u32,
    lowest: *mut c_void,
    highest: *mut c_void,
    processors: usize,
    processor_count: u32,
    processor_type: u32,
    granularity: u32,
    level_and_revision: u32,
}

#[link(name = "kernel32")]
extern "system" {
    fn CreateFileMappingW(
        file: RawHandle, security: *const c_void, protect: u32, size_high: u32, size_low: u32, name: *const u16,
    ) -> RawHandle;
    fn OpenFileMappingW(access: u32, inherit: i32, name: *const u16) -> RawHandle;
    fn MapViewOfFile(section: RawHandle, access: u32, offset_high: u32, offset_low: u32, size: usize) -> *mut u8;
    fn UnmapViewOfFile(base: *const u8) -> i32;
    fn VirtualQuery(address: *const u8, information: *mut MemoryBasicInformation, size: usize) -> usize;
    fn GetSystemInfo(information: *mut SystemInfo);
    fn SetLastError(code: u32);
    fn SetErrorMode(mode: u32) -> u32;
}

#[link(name = "winmm")]
extern "system" {
    fn timeBeginPeriod(milliseconds: u32) -> u32;
}

/// What keeps the name alive.
pub struct Held(OwnedHandle);

pub struct Opened {
    pub held: Held,
    pub capacity: usize,
    pub created: bool,
}

pub fn kind_of(code: i32) -> Kind {
    match code {
        ALREADY_EXISTS => Kind::Exists,
        2 => Kind::NotFound,
        DENIED => Kind::Access,
        // ERROR_PATH_NOT_FOUND (a backslash after anything but Local and Global), INVALID_NAME, BAD_PATHNAME, FILENAME_EXCED_RANGE
        3 | 123 | 161 | 206 | NOT_TEXT => Kind::InvalidName,
        INVALID => Kind::InvalidSize, // of what we pass, only a size can be one
        // ERROR_NOT_ENOUGH_MEMORY, OUTOFMEMORY, DISK_FULL, NO_SYSTEM_RESOURCES, COMMITMENT_LIMIT
        8 | 14 | 112 | 1450 | 1455 => Kind::NoSpace,
        _ => Kind::Failed,
    }
}

pub fn granularity() -> usize {
    system_info().granularity as usize
}

fn system_info() -> SystemInfo {
    let mut information = MaybeUninit::uninit();
    unsafe {
        GetSystemInfo(information.as_mut_ptr());
        information.assume_init()
    }
}

pub fn open(name: &str, size: u64, mode: Mode) -> Result<Opened, Failure> {
    let wide: Vec<u16> = name.encode_utf16().chain([0]).collect();
    let name = wide.as_ptr();
    // A success need not reset the last error, and whether the section was there already is told by nothing else.
    let handle = unsafe {
        SetLastError(0);
        match mode {
            Mode::Open => OpenFileMappingW(FILE_MAP_READ | FILE_MAP_WRITE, 0, name),
            Mode::OpenRead => OpenFileMappingW(FILE_MAP_READ, 0, name),
            _ => {
                let (high, low) = ((size >> 32) as u32, size as u32);
                CreateFileMappingW(INVALID_HANDLE_VALUE, null(), PAGE_READWRITE, high, low, name)
            }
        }
    };
    let told = io::Error::last_os_error();
    if handle.is_null() {
        return Err(told.into());
    }
    let handle = unsafe { OwnedHandle::from_raw_handle(handle) };
    let created = mode.creates() && told.raw_os_error() != Some(ALREADY_EXISTS);
    if mode == Mode::CreateNew && !created {
        return Err(told.into()); // and the handle is closed: it would keep the other's section alive
    }
    let page = u64::from(system_info().page_size);
    let capacity = if created { ((size - 1) / page * page + page) as usize } else { section_capacity(&handle)? };
    Ok(Opened { held: Held(handle), capacity, created })
}

/// Nothing documented tells a section's size; the regions of a view of all of it do. There may be several where another
/// program reserves a section and commits it bit by bit.
fn section_capacity(section: &OwnedHandle) -> Result<usize, Failure> {
    let base = unsafe { MapViewOfFile(section.as_raw_handle(), FILE_MAP_READ, 0, 0, 0) };
    if base.is_null() {
        return Err(io::Error::last_os_error().into());
    }
    let mut capacity = 0;
    let mut region = MaybeUninit::<MemoryBasicInformation>::uninit();
    let size = size_of::<MemoryBasicInformation>();
    unsafe {
        while VirtualQuery(base.add(capacity), region.as_mut_ptr(), size) != 0
            && region.assume_init_ref().allocation_base == base
        {
            capacity += region.assume_init_ref().region_size;
        }
        UnmapViewOfFile(base);
    }
    Ok(capacity)
}

pub fn map(held: &Held, offset: u64, size: usize, access: Access) -> Result<*mut u8, Failure> {
    let rights = match access {
        Access::Read => FILE_MAP_READ,
        Access::Write => FILE_MAP_WRITE,
        Access::ReadWrite => FILE_MAP_READ | FILE_MAP_WRITE,
        Access::Copy => FILE_MAP_COPY,
    };
    let (high, low) = ((offset >> 32) as u32, offset as u32);
    let base = unsafe { MapViewOfFile(held.0.as_raw_handle(), rights, high, low, size) };
    if base.is_null() {
        return Err(io::Error::last_os_error().into());
    }
    Ok(base)
}

/// # Safety
/// `base` came from `map`, and nobody uses it any more.
pub unsafe fn unmap(base: *mut u8, _size: usize) {
    UnmapViewOfFile(base);
}

/// For a program that answers requests: it dies without asking anybody, and a sleep of 1 ms may not take 16.
pub fn prepare_program() {
    unsafe {
        SetErrorMode(3); // SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX
        timeBeginPeriod(1);
    }
}
