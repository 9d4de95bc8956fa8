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
    "evaluation": "Figures of an evaluation, with the `split` that was measured, `val` or `test`.",
}
