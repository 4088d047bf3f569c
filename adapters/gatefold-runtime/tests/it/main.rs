//! What a shard and a replay promise, over a log in memory and a broker made by hand.
