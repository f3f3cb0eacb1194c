//! What the probe says of each declaration, and what is done with it: the values of its fields, stored and loaded.

use std::ffi::{c_void, CStr, CString};
use std::mem::{align_of, size_of};
use std::sync::atomic::{fence, Ordering};

use crate::mapping::Kind;

/// A text that C can read too; it ends with a NUL.
pub fn c(text: &'static str) -> &'static CStr {
    CStr::from_bytes_with_nul(text.as_bytes()).unwrap_or_default()
}

/// A number on its way from one type to another: from there `as` does what it does.
#[derive(Clone, Copy)]
pub enum Value {
    Whole(i128),
    Single(f32),
    Double(f64),
}

/// What a field can be.
pub trait Scalar: Copy + 'static {
    const KIND: &'static str;
    const CONSTANTS: &'static [(&'static str, i128)] = &[];

    fn of(value: Value) -> Self;
    fn value(self) -> Value;
    fn of_bits(bits: u64) -> Self;
    fn bits(self) -> u64;
}

macro_rules! whole {
    ($kind:literal: $($number:ty as $bits:ty),+) => {$(
        impl Scalar for $number {
            const KIND: &'static str = $kind;

            fn of(value: Value) -> Self {
                match value {
                    Value::Whole(number) => number as $number,
                    Value::Single(number) => number as $number,
                    Value::Double(number) => number as $number,
                }
            }

            fn value(self) -> Value {
                Value::Whole(self as i128)
            }

            fn of_bits(bits: u64) -> Self {
                bits as $number
            }

            fn bits(self) -> u64 {
                self as $bits as u64
            }
        }
    )+};
}

whole!("signed\0": i8 as u8, i16 as u16, i32 as u32, i64 as u64, isize as usize);
whole!("unsigned\0": u8 as u8, u16 as u16, u32 as u32, u64 as u64, usize as usize);

macro_rules! float {
    ($number:ty as $bits:ty, $own:ident) => {
        impl Scalar for $number {
            const KIND: &'static str = "float\0";

            fn of(value: Value) -> Self {
                match value {
                    Value::Whole(number) => number as $number,
                    Value::Single(number) => number as $number,
                    Value::Double(number) => number as $number,
                }
            }

            fn value(self) -> Value {
                Value::$own(self)
            }

            fn of_bits(bits: u64) -> Self {
                <$number>::from_bits(bits as $bits)
            }

            fn bits(self) -> u64 {
                self.to_bits().into()
            }
        }
    };
}

float!(f32 as u32, Single);
float!(f64 as u64, Double);

/// A truth of one byte as somebody else may have left it: whatever is not zero is true. What is stored is 0 or 1.
#[repr(transparent)]
#[derive(Clone, Copy)]
pub struct Truth(u8);

impl Truth {
    pub fn new(truth: bool) -> Self {
        Truth(truth.into())
    }

    pub fn get(self) -> bool {
        self.0 != 0
    }
}

impl Scalar for Truth {
    const KIND: &'static str = "bool\0";

    fn of(value: Value) -> Self {
        Truth::new(match value {
            Value::Whole(number) => number != 0,
            Value::Single(number) => number != 0.0,
            Value::Double(number) => number != 0.0,
        })
    }

    fn value(self) -> Value {
        Value::Whole(self.get().into())
    }

    fn of_bits(bits: u64) -> Self {
        Truth::new(bits != 0)
    }

    fn bits(self) -> u64 {
        self.get().into()
    }
}

/// A number, some values of which have a name.
pub trait Enumeration: Copy + 'static {
    type Number: Scalar;
    const CONSTANTS: &'static [(&'static str, i128)];

    fn of_number(number: Self::Number) -> Self;
    fn number(self) -> Self::Number;
}

impl<E: Enumeration> Scalar for E {
    const KIND: &'static str = match E::Number::KIND.as_bytes()[0] {
        b's' => "signed enum\0",
        _ => "unsigned enum\0",
    };
    const CONSTANTS: &'static [(&'static str, i128)] = E::CONSTANTS;

    fn of(value: Value) -> Self {
        E::of_number(E::Number::of(value))
    }

    fn value(self) -> Value {
        self.number().value()
    }

    fn of_bits(bits: u64) -> Self {
        E::of_number(E::Number::of_bits(bits))
    }

    fn bits(self) -> u64 {
        self.number().bits()
    }
}

/// Addresses: to another process they are numbers and nothing more.
impl Scalar for *mut c_void {
    const KIND: &'static str = "pointer\0";

    fn of(value: Value) -> Self {
        usize::of(value) as Self
    }

    fn value(self) -> Value {
        (self as usize).value()
    }

    fn of_bits(bits: u64) -> Self {
        bits as usize as Self
    }

    fn bits(self) -> u64 {
        self as usize as u64
    }
}

/// One scalar of a record, or a text behind it.
pub struct Leaf {
    pub path: &'static CStr,
    pub offset: usize,
    pub width: usize, // bytes of the declared field; 0 for a text
    pub bytes: usize, // bytes of the layout's kind, in which the value travels
    pub unit: usize,  // bytes of a text's code unit; 0 for anything else
    pub kind: &'static CStr,
    put: unsafe fn(*mut u8, u64),
    get: unsafe fn(*const u8) -> u64,
}

impl Leaf {
    fn new<K: Scalar, T: Scalar>(record: usize, field: *const T, path: &'static str) -> Leaf {
        Leaf {
            path: c(path),
            offset: field as usize - record,
            width: size_of::<T>(),
            bytes: size_of::<K>(),
            unit: 0,
            kind: c(T::KIND),
            put: put::<K, T>,
            get: get::<K, T>,
        }
    }
}

/// One ordinary access, except at an address at which the type may not stand.
unsafe fn put<K: Scalar, T: Scalar>(at: *mut u8, bits: u64) {
    let (field, value) = (at.cast::<T>(), T::of(K::of_bits(bits).value()));
    if at as usize % align_of::<T>() == 0 {
        field.write_volatile(value);
    } else {
        field.write_unaligned(value);
    }
}

unsafe fn get<K: Scalar, T: Scalar>(at: *const u8) -> u64 {
    let field = at.cast::<T>();
    let value = if at as usize % align_of::<T>() == 0 { field.read_volatile() } else { field.read_unaligned() };
    K::of(value.value()).bits()
}

/// A field as a whole: all elements of an array.
pub struct Member {
    pub path: &'static CStr,
    pub offset: usize,
    pub size: usize,
}

pub struct Constant {
    pub enumeration: &'static CStr,
    pub name: CString,
    pub value: i128,
}

/// What the probe tells of a record's fields, one by one. Not inlined: there are thousands of them.
pub struct Fields<R> {
    record: *const R,
    pub leaves: Vec<Leaf>,
    pub members: Vec<Member>,
    pub constants: Vec<Constant>,
}

impl<R> Fields<R> {
    pub fn of(record: *const R) -> Self {
        Fields { record, leaves: Vec::new(), members: Vec::new(), constants: Vec::new() }
    }

    /// A field that is declared as `T`, and travels as `K`.
    #[inline(never)]
    pub fn leaf<K: Scalar, T: Scalar>(&mut self, field: *const T, path: &'static str) {
        self.leaves.push(Leaf::new::<K, T>(self.record as usize, field, path));
    }

    /// A text whose first byte stands where `first` is declared.
    pub fn text<T>(&mut self, first: *const T, path: &'static str, unit: usize) {
        let offset = first as usize - self.record as usize;
        let text = Leaf { path: c(path), offset, width: 0, bytes: 0, unit, kind: c("text\0"), put: |_, _| (), get: |_| 0 };
        self.leaves.push(text);
    }

    #[inline(never)]
    pub fn member<T>(&mut self, field: *const T, path: &'static str) {
        self.members.push(Member { path: c(path), offset: field as usize - self.record as usize, size: size_of::<T>() });
    }

    /// The constants of a field's enumeration: under the layout's names where it has them, under
    /// their own where not.
    pub fn constants<T: Scalar>(&mut self, _: *const T, enumeration: &'static str, known: &[(&str, &str)]) {
        for &(own, value) in T::CONSTANTS {
            let name = known.iter().find(|known| known.1 == own).map_or(own, |known| known.0);
            let name = CString::new(name).unwrap_or_default();
            self.constants.push(Constant { enumeration: c(enumeration), name, value });
        }
    }
}

/// The texts behind a record's fixed part, as one body, and back; None for what cannot be.
pub trait Texts {
    fn pack(texts: &[&[u8]]) -> Option<Vec<u8>>;
    fn unpack(body: &[u8]) -> Option<Vec<Vec<u8>>>;
}

/// How a record's texts stand behind it: its length, as it is declared, and the way between texts and body.
pub struct Tail {
    length: Leaf,
    pack: fn(&[&[u8]]) -> Option<Vec<u8>>,
    unpack: fn(&[u8]) -> Option<Vec<Vec<u8>>>,
}

impl Tail {
    pub fn new<R: Texts, L: Scalar>(record: *const R, length: *const L) -> Tail {
        Tail { length: Leaf::new::<i32, L>(record as usize, length, "length\0"), pack: R::pack, unpack: R::unpack }
    }
}

pub struct Layout {
    pub name: &'static CStr,
    pub size: usize,
    pub align: usize,
    pub leaves: Vec<Leaf>,
    pub members: Vec<Member>,
    pub constants: Vec<Constant>,
    pub tail: Option<Tail>,
}

impl Layout {
    pub fn text_count(&self) -> usize {
        self.leaves.iter().filter(|leaf| leaf.unit != 0).count()
    }

    /// Where the fixed part ends: the size, or a field that a declaration shorter than its layout left outside.
    fn fixed_end(&self) -> usize {
        self.leaves.iter().map(|leaf| leaf.offset + leaf.width).fold(self.size, usize::max)
    }

    /// Stores a word for every leaf (those of texts are not looked at) and the texts, in order; their length comes last.
    ///
    /// # Safety
    /// There are `room` bytes from `record` on.
    pub unsafe fn store(&self, record: *mut u8, room: usize, words: &[u64], texts: &[&[u8]]) -> Result<(), Kind> {
        let body = match &self.tail {
            Some(tail) => (tail.pack)(texts).ok_or(Kind::Invalid)?,
            None => Vec::new(),
        };
        if self.fixed_end() > room || body.len() > room - self.size || i32::try_from(body.len()).is_err() {
            return Err(Kind::Range);
        }
        for (leaf, word) in self.leaves.iter().zip(words).filter(|(leaf, _)| leaf.unit == 0) {
            (leaf.put)(record.add(leaf.offset), *word);
        }
        if let Some(tail) = &self.tail {
            record.add(self.size).copy_from_nonoverlapping(body.as_ptr(), body.len());
            fence(Ordering::Release);
            (tail.length.put)(record.add(tail.length.offset), body.len() as u64);
        }
        Ok(())
    }

    /// Stores one leaf. A text cannot change without its length, and its neighbours in a body.
    ///
    /// # Safety
    /// There are `room` bytes from `record` on.
    pub unsafe fn store_leaf(&self, record: *mut u8, room: usize, leaf: usize, word: u64) -> Result<(), Kind> {
        let leaf = self.leaves.get(leaf).ok_or(Kind::Invalid)?;
        if leaf.unit != 0 {
            return Err(Kind::Unsupported);
        }
        if self.fixed_end() > room {
            return Err(Kind::Range);
        }
        (leaf.put)(record.add(leaf.offset), word);
        Ok(())
    }

    /// A word for every leaf, and the texts.
    ///
    /// # Safety
    /// There are `room` bytes from `record` on.
    pub unsafe fn load(&self, record: *const u8, room: usize) -> Result<(Vec<u64>, Vec<Vec<u8>>), Kind> {
        if self.fixed_end() > room {
            return Err(Kind::Range);
        }
        let texts = match &self.tail {
            Some(tail) => {
                let length = (tail.length.get)(record.add(tail.length.offset)) as i32;
                fence(Ordering::Acquire);
                let length = usize::try_from(length).ok().filter(|length| *length <= room - self.size).ok_or(Kind::Range)?;
                let mut body = vec![0; length]; // copied once: its writer may go on writing
                body.as_mut_ptr().copy_from_nonoverlapping(record.add(self.size), length);
                (tail.unpack)(&body).ok_or(Kind::Invalid)?
            }
            None => Vec::new(),
        };
        Ok((self.leaves.iter().map(|leaf| (leaf.get)(record.add(leaf.offset))).collect(), texts))
    }
}
