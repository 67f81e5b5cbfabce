using Shop.Core;

namespace Shop.Web.Pages.Admin.Pages;

/// <summary>Checks what was typed and publishes it.</summary>
internal sealed class LegalPublishing(Writes writes, LegalPages pages, TimeProvider clock)
{
    internal abstract record Result
    {
        private Result() { }

        public sealed record Published(int Version) : Result;

        /// <summary>What is wrong with the text, as a key of the texts.</summary>
        public sealed record Refused(string Text, int Value = 0) : Result;

        /// <summary>Somebody else published since the text was begun.</summary>
        public sealed record Conflict : Result;
    }

    public async Task<Result> PublishAsync(LegalText current, string? text, int basedOn, long author, CancellationToken cancellationToken)
    {
        var tidy = text?.ReplaceLineEndings("\n").TrimEnd();
        if (string.IsNullOrWhiteSpace(tidy))
        {
            return new Result.Refused("Edit.Empty");
        }

        if (tidy.Length > LegalPages.MaxLength)
        {
            return new Result.Refused("Edit.Long", LegalPages.MaxLength);
        }

        if (tidy == current.Text.TrimEnd())
        {
            return new Result.Refused("Edit.Same");
        }

        if (basedOn != current.Version)
        {
            return new Result.Conflict();
        }

        var version = await writes.RunAsync(
            async (unit, token) => await pages.PublishAsync(unit.Db, current.Kind, tidy, basedOn, author, clock.GetUtcNow(), token) is { } number
                ? number
                : unit.RollBack<int?>(null),
            cancellationToken);
        return version is { } published ? new Result.Published(published) : new Result.Conflict();
    }
}
