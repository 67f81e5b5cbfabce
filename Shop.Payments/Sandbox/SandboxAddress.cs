using System.Security.Cryptography;
using System.Text;

namespace Shop.Payments.Sandbox;

/// <summary>Where this shop itself answers. A host knows that only once it listens, so it is asked at each call;
/// the web host registers it together with the bank.</summary>
public delegate Uri SandboxAddress();

/// <summary>The key that a shop and the bank inside it share when none is configured.</summary>
public sealed record SandboxKey(string Value)
{
    /// <summary>What the bank's events are signed with where no secret is configured.</summary>
    public string WebhookSecret => Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Value), "webhooks"u8));

    public override string ToString() => "(key)";
}
