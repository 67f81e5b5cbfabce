using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Shop.Accounts;
using Shop.Core;

namespace Shop.Web.Security;

/// <summary>Who was left to chance, as a form or an address says it: hidden, or the account that chance drew and a page showed.</summary>
internal sealed record Drawn(RandomChoice Choice, long? AccountId);

/// <summary>
/// Seals whom chance drew into the address of a product. Without the seal a buyer could name accounts until one is accepted, and so learn who has no paid time.
/// </summary>
internal sealed class DrawnTickets(IDataProtectionProvider protection)
{
    private const int Longest = 400;
    private static readonly TimeSpan Life = TimeSpan.FromDays(2);

    private readonly ITimeLimitedDataProtector protector = protection.CreateProtector("Shop.Drawn").ToTimeLimitedDataProtector();

    public string Of(RandomChoice choice, Candidate candidate) =>
        protector.Protect(string.Create(CultureInfo.InvariantCulture, $"{Words.Of(choice)} {candidate.Id}"), Life);

    /// <summary>Null: nothing was left to chance, or the ticket is too old or made up.</summary>
    public Drawn? Read(string? value)
    {
        if (string.IsNullOrEmpty(value) || value.Length > Longest)
        {
            return null;
        }

        if (Words.TryParse<RandomChoice>(value, out var hidden) && hidden.IsHidden())
        {
            return new Drawn(hidden, null);
        }

        try
        {
            var parts = protector.Unprotect(value).Split(' ');
            return new Drawn(Words.Parse<RandomChoice>(parts[0]), long.Parse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture));
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
