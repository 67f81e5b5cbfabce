using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;
using Shop.Accounts;

namespace Shop.Web.Security;

/// <summary>
/// Tokens of links in mails. They carry what they stand for, sealed by the key ring, and are void when that changed: a new password, another
/// address, an address confirmed. So each works once, and none is stored.
/// </summary>
internal sealed class MailedTokens(IDataProtectionProvider protection, TimeProvider clock) : IUserTwoFactorTokenProvider<Member>
{
    /// <summary>How long a link to a new password works.</summary>
    public static readonly TimeSpan ResetLife = TimeSpan.FromHours(1);

    /// <summary>How long a link that confirms an address works.</summary>
    public static readonly TimeSpan ConfirmationLife = TimeSpan.FromDays(3);

    private readonly IDataProtector protector = protection.CreateProtector("Shop.MailedTokens");

    public Task<string> GenerateAsync(string purpose, UserManager<Member> manager, Member user) =>
        Task.FromResult(Base64Url.EncodeToString(protector.Protect(Encoding.UTF8.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"{clock.GetUtcNow().ToUnixTimeMilliseconds()}\n{State(purpose, user)}")))));

    public Task<bool> ValidateAsync(string purpose, string token, UserManager<Member> manager, Member user) => Task.FromResult(IsValid(purpose, token, user));

    public Task<bool> CanGenerateTwoFactorTokenAsync(UserManager<Member> manager, Member user) => Task.FromResult(false);

    private static string State(string purpose, Member user) => string.Create(
        CultureInfo.InvariantCulture, $"{purpose}\n{user.Id}\n{user.SecurityStamp}\n{user.NormalizedEmail}\n{user.EmailConfirmed}");

    private bool IsValid(string purpose, string token, Member user)
    {
        string[] parts;
        try
        {
            parts = Encoding.UTF8.GetString(protector.Unprotect(Base64Url.DecodeFromChars(token))).Split('\n', 2);
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            return false;
        }

        var made = DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(parts[0], CultureInfo.InvariantCulture));
        var life = purpose == UserManager<Member>.ResetPasswordTokenPurpose ? ResetLife : ConfirmationLife;
        return parts[1] == State(purpose, user) && clock.GetUtcNow() < made + life;
    }
}
