"""The keys of metrics.jsonl with their meanings; the reference is generated from them."""

METRIC_KEYS = {
    "step": "Generator updates done; for autoencoders updates.",
    "seconds": "Seconds of training, over all sessions of the run.",
    "images_per_second": "Samples per second: updates per step times batch size.",
    "learning_rate": "Learning rate of an autoencoder or VAE.",
    "generator_learning_rate": "Learning rate of a GAN's generator.",
    "critic_learning_rate": "Learning rate of a GAN's critic.",
    "critic_loss": "Loss of the critic, penalty and mismatch margin included.",
    "critic_score_gap": "Mean score of real covers minus that of generated ones.",
    "gradient_penalty_loss": "Gradient penalty without its weight.",
    "critic_grad_norm": "Norm of the critic's gradients.",
    "generator_loss": "Adversarial loss of the generator.",
    "generator_grad_norm": "Norm of the generator's gradients.",
    "contrastive_loss": "Contrastive loss of the generator's audio embedding, in nats; log of the "
    "batch size if it finds no cover.",
    "cover_contrastive_loss": "Contrastive loss of generated covers, in nats; log of the "
    "batch size if none finds its audio.",
    "latent_recovery_loss": "-log q(z | cover) per value of z, up to a constant; 0.5 if a cover "
    "shows nothing of its z.",
    "coarse_reconstruction_loss": "Mean |difference| of real covers and those generated from their "
    "recovered z, averaged to 16 × 16.",
    "loss": "Loss of an autoencoder or VAE.",
    "reconstruction_loss": "Reconstruction term of the VAE's loss, in nats per cover.",
    "kl_loss": "KL term of the VAE's loss, without β, in nats per cover.",
    "grad_norm": "Norm of the gradients of an autoencoder or VAE.",
    "val_loss": "Loss on the val split, with the whole β.",
    "val_reconstruction_loss": "Reconstruction term on the val split.",
    "val_kl_loss": "KL term on the val split.",
    "genre_accuracy": "Result of an evaluation of the genre accuracy.",
    "diversity": "Result of an evaluation of the diversity.",
    "reconstruction": "Result of an evaluation of the reconstruction quality.",
    "checkerboard": "Result of an evaluation of the checkerboard.",
}

_SPLIT = {"covers": "Number of covers or tracks.", "split": "Split, `val` or `test`."}

RESULT_KEYS = {
    "genre_accuracy": {
        "real": "Balanced genre accuracy on real covers.",
        "generated": "The same on covers generated from the split's audio.",
        "generated_low": "Lower end of its 95 % interval.",
        "generated_high": "Upper end of its 95 % interval.",
        "shuffled": "The same on covers generated from another track's audio.",
        "chance": "1 / number of genres in train.",
        "genres": "Number of genres in the split.",
        **_SPLIT,
    },
    "diversity": {
        "noise": "Mean absolute difference of two covers from two noises, in [0, 1].",
        "audio": "The same for one noise and two tracks.",
        "real": "The same for the real covers of two tracks.",
        **_SPLIT,
    },
    "reconstruction": {
        "mse": "Mean squared error of values in [0, 1].",
        "psnr": "Mean PSNR in dB.",
        **_SPLIT,
    },
    "checkerboard": {
        "nyquist": "Energy at the Nyquist frequency, relative to the originals.",
        "below": "Energy next to it, relative to the originals.",
        **_SPLIT,
    },
}
