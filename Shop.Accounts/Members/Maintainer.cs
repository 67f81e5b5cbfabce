namespace Shop.Accounts;

/// <summary>A member who looks after a community: sees its dates, gets its mails, and counts as its owner where time is bought for it.</summary>
public sealed class Maintainer
{
    public required long CommunityId { get; init; }

    public required long MemberId { get; init; }

    public required DateTimeOffset Since { get; init; }
}
