using AutoMapper;
using Microsoft.Extensions.Logging.Abstractions;
using Shop.Web.Mapping;

namespace Shop.Web.Tests.Display;

public sealed class MappingTests
{
    [Fact]
    public void Profiles_EveryMember_IsMappedOrLeftOutOnPurpose() =>
        new MapperConfiguration(mapper => mapper.AddMaps(typeof(HistoryRow).Assembly), NullLoggerFactory.Instance).AssertConfigurationIsValid();
}
