internal import Resources

// The format is little-endian; offsets are checked by the caller against the buffer.

extension UnsafeRawBufferPointer {
    /// The little-endian word at `offset`.
    func word<Word: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, as: Word.Type) -> Word {
        unsafe Word(littleEndian: loadUnaligned(fromByteOffset: offset, as: Word.self))
    }

    /// The identifier at `offset`, in the byte order of its text.
    func identifier(_ offset: Int) -> Identifier {
        unsafe Identifier(
            high: UInt64(bigEndian: loadUnaligned(fromByteOffset: offset, as: UInt64.self)),
            low: UInt64(bigEndian: loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self)))
    }

    /// The hash at `offset`.
    func hash(_ offset: Int) -> ChainHash {
        unsafe ChainHash(loading: part(offset, 32))
    }

    /// `count` bytes from `offset`.
    func part(_ offset: Int, _ count: Int) -> UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(rebasing: self[offset..<offset + count])
    }

    /// True when every byte is zero.
    var isZero: Bool {
        var offset = 0
        while offset + 8 <= count {
            if unsafe loadUnaligned(fromByteOffset: offset, as: UInt64.self) != 0 { return false }
            offset += 8
        }
        while offset < count {
            if unsafe self[offset] != 0 { return false }
            offset += 1
        }
        return true
    }
}

extension UnsafeMutableRawBufferPointer {
    /// Puts a little-endian word at `offset`.
    func put<Word: FixedWidthInteger & BitwiseCopyable>(_ word: Word, at offset: Int) {
        unsafe storeBytes(of: word.littleEndian, toByteOffset: offset, as: Word.self)
    }

    /// Puts an identifier at `offset`, in the byte order of its text.
    func put(_ identifier: Identifier, at offset: Int) {
        unsafe storeBytes(of: identifier.high.bigEndian, toByteOffset: offset, as: UInt64.self)
        unsafe storeBytes(of: identifier.low.bigEndian, toByteOffset: offset + 8, as: UInt64.self)
    }
}
