internal import Resources

/// What temporal functions are told of the world: the wall clock and the time zones.
struct Now {
    let wall: WallTime
}
