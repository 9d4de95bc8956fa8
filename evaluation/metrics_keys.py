"""The keys of metrics.json with their meanings; the reference is generated from them.

`*` stands for a name: of a genre, a fact, a split, a package or a size.
"""

_RETRIEVAL = {
    "recall_at_1": "Share of covers whose own audio is the most similar of the pool.",
    "recall_at_5": "Share whose own audio is among the five most similar.",
    "recall_at_10": "Share whose own audio is among the ten most similar.",
    "median_rank": "Median of the expected rank of the own audio in a pool; 1 is best.",
    "pool": "Distinct tracks in a pool, the own one among them.",
    "chance": "recall_at_1 of a guess, 1 / pool.",
    "p_value": "Permutation p-value over units: small where covers match their audio.",
    "covers": "Number of covers.",
    "units": "Units that are permuted: tracks, or groups of `--groups`.",
}
_ESTIMATE = "; `value` and `standard_error`."
_ABSENT = "Why the section cannot be measured on this data, instead of its other keys."

METRICS_KEYS = {
    "protocol.name": "`full` or `quick`.",
    "protocol.version": "Increased when a figure of equal data and model changes.",
    "protocol.features": "Network, side and resizer of the features of `quality`, `diversity` and "
    "`memorisation`.",
    "versions.*": "Versions of coverzoo, TensorFlow, Keras, NumPy and Python.",
    "seeds.protocol": "Seed of the reference networks, noises and pairings.",
    "seeds.training": "Seed of the training.",
    "run.name": "Name of the run directory.",
    "run.model": "Model of the registry.",
    "run.audio": "Whether it is conditioned on audio.",
    "run.preset": "Preset of its settings.",
    "run.steps": "Steps of its settings.",
    "run.settings": "Digest of model and settings: equal for runs that differ by seed alone.",
    "run.sha256": "SHA-256 of model.keras.",
    "data.split": "Split that was measured.",
    "data.contents": "Fingerprint of the contents of all splits.",
    "data.that_of_training": "Whether it is that of the data the run was trained on.",
    "n.*": "Samples of each split.",
    **{
        f"{section}.not_measurable": _ABSENT
        for section in (
            *("quality", "adherence", "adherence.genre", "diversity", "artefacts", "memorisation"),
            *("facts", "reconstruction"),
        )
    },
    "quality.kid.*": "KID, unbiased, by pairs of different tracks, with its jackknife error"
    f"{_ESTIMATE}",
    "quality.fid.value": "FID of the two sets; it depends on their size.",
    "quality.fid.extrapolated": "FID extrapolated to infinite samples (arXiv:1911.07023).",
    "quality.precision": "Share of generated covers within the ball of a real one.",
    "quality.recall": "Share of real covers within the ball of a generated one.",
    "quality.density": "Mean number of real balls a generated cover lies in, over k.",
    "quality.coverage": "Share of real covers whose ball holds a generated one.",
    "quality.neighbours": "k of these balls.",
    "quality.two_sample.*.auc": "Area under the curve of a classifier of generated against real "
    "covers at a side in pixels, cross-fitted; 0.5 if it cannot separate them.",
    "quality.two_sample.*.standard_error": "Its standard error over draws of the covers.",
    "quality.two_sample.*.size": "The side.",
    "quality.two_sample.*.covers": "Covers of each kind.",
    **{f"adherence.{key}": f"{text} Generated covers." for key, text in _RETRIEVAL.items()},
    **{
        f"adherence.real.{key}": "The same on real covers: what the network reads there. "
        "Generated ones can exceed it."
        for key in _RETRIEVAL
    },
    **{
        f"adherence.shuffled.{key}": "The same on covers generated from another track's audio."
        for key in _RETRIEVAL
    },
    "adherence.genre.generated": "Balanced accuracy of the genre classifier on generated covers.",
    "adherence.genre.generated_low": "Lower end of its 95 % interval over covers as independent; "
    "`--groups` does not widen it.",
    "adherence.genre.generated_high": "Upper end of its 95 % interval.",
    "adherence.genre.real": "The same on real covers.",
    "adherence.genre.shuffled": "The same on covers generated from another track's audio.",
    "adherence.genre.chance": "1 / number of genres in train.",
    "adherence.genre.genres.*.tracks": "Tracks of the genre.",
    "adherence.genre.genres.*.generated": "Share of its generated covers that show it.",
    "adherence.genre.genres.*.real": "The same of its real covers.",
    "adherence.genre.genres.*.shuffled": "The same of covers generated from another track's audio.",
    "adherence.genre.confusion": "Generated covers by genre of the audio (rows) and genre that is "
    "read from the cover (columns), in the order of `genres`.",
    "diversity.noises": "Covers of each track.",
    "diversity.tracks": "Tracks.",
    "diversity.features.*": "Difference of two covers of a track over that of two real covers of "
    f"its genre, in features{_ESTIMATE}",
    "diversity.pixels.*": f"The same in pixels{_ESTIMATE}",
    "diversity.by_noise": "Mean absolute difference of two covers of a track, averaged to "
    "16 × 16 px, in [0, 1].",
    "diversity.by_audio": "The same of one noise and two tracks.",
    "diversity.sensitivity": "by_audio / by_noise; null if by_noise is 0.",
    "diversity.energy_coefficient.*": "Energy distance of a track's covers to those drawn for "
    f"equal facts over its largest value, averaged (built-in corpus){_ESTIMATE}",
    "diversity.drawn.*": "`features` of covers drawn for equal facts: what the truth has (built-in "
    f"corpus){_ESTIMATE}",
    "diversity.spread.*": "Spread of a free factor over a track's covers, over that of covers "
    "drawn for equal facts (built-in corpus).",
    "facts.*.generated": "Rank correlation of a fact of the tracks with that read from generated "
    "covers (built-in corpus).",
    "facts.*.real": "The same of real covers.",
    **{
        f"artefacts.period_{period}.{key}": text.format(period)
        for period in (2, 4)
        for key, text in {
            "energy": "Energy at a period of {} pixels, over that of real covers.",
            "shared": "Share of it that is the same in every cover.",
            "real_shared": "The same of real covers.",
        }.items()
    },
    "artefacts.sharpness": "Sharpness over that of real covers.",
    "memorisation.nearer": "Probability that a generated cover is nearer to its nearest training "
    "cover than a held-out real one is; 0.5 for covers as new as real ones, 1 for copies, below "
    "0.5 for covers that are unlike the data.",
    "memorisation.generated": "Median distance of generated covers to the nearest training cover.",
    "memorisation.held_out": "The same of held-out real covers.",
    "memorisation.covers": "Generated covers.",
    "reconstruction.mse": "Mean squared error of values in [0, 1].",
    "reconstruction.psnr": "Mean over covers of the PSNR, in dB.",
    "reconstruction.ssim": "Mean over covers of the SSIM; 1 for exact reconstructions.",
    "reconstruction.covers": "Number of covers.",
    "reconstruction.elbo": "ELBO of a VAE, in nats per cover: log_likelihood minus kl.",
    "reconstruction.log_likelihood": "Mean Bernoulli log-likelihood, for one z of the posterior of "
    "each cover.",
    "reconstruction.log_likelihood_limit": "That of exact reconstructions.",
    "reconstruction.kl": "Mean KL divergence of posterior and prior.",
    "reconstruction.active_units": "Dimensions of z whose posterior mean varies by more than 0.01.",
    "reconstruction.latent_dim": "Dimensions of z.",
    "reconstruction.latent.covers": "Covers of the map of the codes.",
    "reconstruction.latent.variance_shares": "Shares of the variance on its two axes.",
    "reconstruction.latent.not_measurable": "Why there is no map.",
    "reconstruction.split": "Split that was measured.",
}
