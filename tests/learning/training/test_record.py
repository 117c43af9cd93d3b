from bentjets.learning.training.record import stream_seed


def test_streams_differ_by_each_of_their_names_and_stay_as_they_are():
    names = [("a", 0, 1), ("a", 1, 0), ("a", 0), ("b", 0, 1), ("a", 0, 11), ("a", 0, 1, 1)]
    seeds = [stream_seed(*one) for one in names]
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < 2**63 for seed in seeds)
    # Another number here would train every run anew.
    assert stream_seed("small_cnn", "single", 0, 0, "weights") == 6603897095564569525
