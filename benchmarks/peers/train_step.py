"""The peer of `train_step.py`: the thesis's conditional WGAN-GP at 128 px, in PyTorch.

A step is five critic updates and one generator update on one batch, with new noise for each: an
unconditional critic, a FiLM generator, penalty weight 10, Adam. Memory is channels-last, which is
faster. Runs in the peer's environment. Each line of standard input requests one step.

    python train_step.py --batch 16 --threads 2
"""

import argparse
import time
from itertools import pairwise

import torch
from serve import serve
from torch import Tensor, nn

IMAGE_SIZE, LATENT_DIM, AUDIO_WIDTH, EMBEDDING_DIM = 128, 100, 1160, 512
CRITIC_STEPS, PENALTY_WEIGHT = 5, 10.0


def dense_stack(*units: int) -> nn.Sequential:
    """Return Dense layers with batch norm, and LeakyReLU between them.

    Args:
        *units: Number of inputs of the first layer, and of units of each layer.
    """
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(units):
        layers += [nn.LeakyReLU(0.2)] if layers else []
        layers += [nn.Linear(inputs, outputs), nn.BatchNorm1d(outputs)]
    return nn.Sequential(*layers)


class FiLM(nn.Module):
    """γ(e)·x + β(e), where γ and β come from separate branches."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        hidden = (EMBEDDING_DIM + channels) // 2
        self.gamma = dense_stack(EMBEDDING_DIM, hidden, channels)
        self.beta = dense_stack(EMBEDDING_DIM, hidden, channels)
        for branch in (self.gamma, self.beta):
            nn.init.normal_(branch[-2].weight)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        gamma, beta = self.gamma(condition), self.beta(condition)
        return x * gamma[:, :, None, None] + beta[:, :, None, None]


class Generator(nn.Module):
    """z (B, 100) and raw audio (B, 1160) → covers (B, 3, 128, 128)."""

    def __init__(self, channels: tuple[int, ...] = (512, 256, 256, 128, 64)) -> None:
        super().__init__()
        self.stem_channels = channels[0]
        self.encoder = dense_stack(AUDIO_WIDTH, 944, 728, EMBEDDING_DIM)
        self.project = nn.Linear(LATENT_DIM, 16 * self.stem_channels)
        self.norms = nn.ModuleList(nn.BatchNorm2d(count, affine=False) for count in channels)
        self.films = nn.ModuleList(FiLM(count) for count in channels)
        self.ups = nn.ModuleList(
            nn.ConvTranspose2d(inputs, outputs, 4, 2, 1)
            for inputs, outputs in zip(channels, (*channels[1:], 3), strict=True)
        )
        for up in self.ups:
            nn.init.normal_(up.weight, 0.0, 0.02)

    def forward(self, z: Tensor, audio: Tensor) -> Tensor:
        condition = self.encoder(audio)
        x = self.project(z).view(-1, self.stem_channels, 4, 4)
        for norm, film, up in zip(self.norms, self.films, self.ups, strict=True):
            x = up(torch.relu(film(norm(x), condition)))
        return torch.tanh(x)


class Critic(nn.Module):
    """Covers (B, 3, 128, 128) → scores (B, 1)."""

    def __init__(self, channels: tuple[int, ...] = (64, 128, 256, 256, 512)) -> None:
        super().__init__()
        self.downs = nn.ModuleList(
            nn.Conv2d(inputs, outputs, 4, 2, 1, bias=False)
            for inputs, outputs in zip((3, *channels), channels, strict=False)
        )
        self.norms = nn.ModuleList(nn.InstanceNorm2d(count, affine=True) for count in channels)
        self.score = nn.Linear(16 * channels[-1], 1)
        for down in self.downs:
            nn.init.normal_(down.weight, 0.0, 0.02)

    def forward(self, x: Tensor) -> Tensor:
        for down, norm in zip(self.downs, self.norms, strict=True):
            x = nn.functional.leaky_relu(norm(down(x)), 0.2)
        return self.score(x.flatten(1))


class Training:
    """Generator and critic, their optimizers and one batch.

    Args:
        batch: Samples per update.
    """

    def __init__(self, batch: int) -> None:
        self.generator = Generator().to(memory_format=torch.channels_last)
        self.critic = Critic().to(memory_format=torch.channels_last)
        self.generator_optimizer, self.critic_optimizer = (
            torch.optim.Adam(network.parameters(), lr=5e-6, betas=(0.5, 0.999))
            for network in (self.generator, self.critic)
        )
        real = torch.rand(batch, 3, IMAGE_SIZE, IMAGE_SIZE) * 2.0 - 1.0
        self.real = real.to(memory_format=torch.channels_last)
        self.audio = torch.randn(batch, AUDIO_WIDTH)

    def generate(self) -> Tensor:
        """Generate covers from the batch's audio and new noise."""
        return self.generator(torch.randn(len(self.real), LATENT_DIM), self.audio)

    def step(self) -> None:
        """Run five critic updates and one generator update."""
        for _ in range(CRITIC_STEPS):
            self.critic_optimizer.zero_grad()
            with torch.no_grad():
                fake = self.generate()
            loss = self.critic(fake).mean() - self.critic(self.real).mean()
            (loss + PENALTY_WEIGHT * self.penalty(fake)).backward()
            self.critic_optimizer.step()
        # The gradients of the critic's weights are not needed here.
        self.critic.requires_grad_(False)
        self.generator_optimizer.zero_grad()
        (-self.critic(self.generate()).mean()).backward()
        self.generator_optimizer.step()
        self.critic.requires_grad_(True)

    def penalty(self, fake: Tensor) -> Tensor:
        """E[(‖∇ₓ score(x)‖₂ - 1)²] between real and fake, arXiv:1704.00028."""
        mix = torch.rand(len(fake), 1, 1, 1)
        between = (fake + mix * (self.real - fake)).requires_grad_(True)
        scores = self.critic(between).sum()
        (slope,) = torch.autograd.grad(scores, between, create_graph=True)
        return ((slope.flatten(1).norm(2, 1) - 1.0) ** 2).mean()


def main() -> None:
    """Answer the lines of standard input."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    training = Training(options.batch)

    def step(_: str) -> dict[str, float]:
        start = time.perf_counter()
        training.step()
        return {"seconds": time.perf_counter() - start}

    counts = {
        name: sum(weight.numel() for weight in network.parameters())
        for name, network in (("generator", training.generator), ("critic", training.critic))
    }
    serve({"engine": f"torch {torch.__version__}", "parameters": counts}, step)


if __name__ == "__main__":
    main()
